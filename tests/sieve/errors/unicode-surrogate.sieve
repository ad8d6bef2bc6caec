require "encoded-character";
redirect "${unicode:d800}@example.com";
