require "body";

if body :content { keep; }
if body :raw :text "a" { keep; }
if body { keep; }
if body :frop "a" { keep; }
if body "a" "b" { keep; }
