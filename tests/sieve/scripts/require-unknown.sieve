require "vnd.example.no-such-thing";
keep;
