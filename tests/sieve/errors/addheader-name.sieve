require "editheader";
addheader "X Y" "1";
