require "editheader";
addheader "X-Y";
