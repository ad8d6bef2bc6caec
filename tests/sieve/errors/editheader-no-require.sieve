addheader "X-Y" "1";
