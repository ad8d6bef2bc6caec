require "vacation-seconds";
vacation :days 7 :seconds 7 "Away.";
