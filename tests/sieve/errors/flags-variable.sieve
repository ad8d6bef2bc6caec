require "imap4flags";
addflag "name" "x";
