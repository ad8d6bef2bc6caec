frobnicate;
if smells "funny" { keep; }
if header :shiny "subject" "x" { keep; }
