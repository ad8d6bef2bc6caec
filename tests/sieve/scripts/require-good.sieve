require "fileinto";
require ["envelope", "fileinto"];
require ["comparator-i;octet", "comparator-i;ascii-casemap"];
if header :comparator "i;octet" "subject" "x" { fileinto "X"; }
