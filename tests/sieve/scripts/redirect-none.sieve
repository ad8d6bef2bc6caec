redirect "nobody at all";
