require "duplicate";
if duplicate :header "X-Id" :uniqueid "x" { discard; }
