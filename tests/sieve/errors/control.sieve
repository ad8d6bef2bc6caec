keep; ^
