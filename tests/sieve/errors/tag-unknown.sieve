if size :shiny "very" :over 1K { keep; }
if header :comparator "i;octet" :comparator "i;octet" :is "subject" "x" { keep; }
