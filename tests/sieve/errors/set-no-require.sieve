set "a" "x";
