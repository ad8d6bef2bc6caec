require "reject";
reject ["No.", "No."];
