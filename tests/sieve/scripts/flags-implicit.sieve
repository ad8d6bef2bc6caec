require "imap4flags";
addflag "\\Seen";
if false { stop; }
setflag "$last";
