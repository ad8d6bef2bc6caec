require ["foo", 5]; kep; if { } else
header :is :is "a:" ["b",] { keep } }
if size :over 99999999999G (true, ) "x
