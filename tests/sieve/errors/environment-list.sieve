require "environment";
if environment ["name", "version"] "x" { keep; }
