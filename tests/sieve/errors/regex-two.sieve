require "regex";
if header :regex :is "x" "a" { keep; }
