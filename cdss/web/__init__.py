"""The web page of one machine: patients are entered, looked at and changed in forms; nothing leaves the machine."""
