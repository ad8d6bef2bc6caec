require ["duplicate", "variables"];
set "x" "12";
if duplicate :seconds 3600 :uniqueid "${x}34" { discard; }
