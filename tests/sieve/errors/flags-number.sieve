require "imap4flags";
addflag 3;
