"""A desktop's screen that is locked, played by python-dbusmock. It can say so from the moment that it is on the bus: whoever waits for
it asks once, as it comes."""

BUS_NAME = MAIN_IFACE = "org.freedesktop.ScreenSaver"
MAIN_OBJ = "/org/freedesktop/ScreenSaver"
SYSTEM_BUS = False


def load(mock, _parameters):
    mock.AddMethod(MAIN_IFACE, "GetActive", "", "b", "ret = True")
