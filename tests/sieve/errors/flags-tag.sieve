require "imap4flags";
discard :flags "x";
