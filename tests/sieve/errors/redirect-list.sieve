redirect "one@example.com, two@example.com";
