require ["include", "variables"];
global "count";
include :once "counts";
include :once "counts";
if not string "${count}" "x" { stop; }
include "counts";
if string "${count}" "xx" { discard; }
