if header :comparator "i;no-such-thing" :is "subject" "x" { keep; }
