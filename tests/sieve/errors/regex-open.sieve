require "regex";
if header :regex "x" "(a" { keep; }
