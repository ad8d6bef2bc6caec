require "envelope";
if envelope :is "no-such-part" "x" { keep; }
