require "spamtest";
if spamtest :is ["1", "2"] { keep; }
