require "vacation";
vacation :seconds 7 "Away.";
