require "duplicate";
if duplicate :handle "mine" { discard; }
