redirect "anna@home@example.com";
