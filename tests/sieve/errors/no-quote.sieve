redirect "a@example.com;
