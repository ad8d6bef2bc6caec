if header "subject" { keep; }
if header "subject" 7 { keep; }
if size :over "big" { keep; }
redirect;
keep "here";
