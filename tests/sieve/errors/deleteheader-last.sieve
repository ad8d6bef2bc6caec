require "editheader";
deleteheader :last "X-Y";
