require "reject";
reject "No.";
reject "No, no.";
