package text

import (
	"strings"
	"testing"
)

func TestZones(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Asia/Kathmandu", "Etc/GMT+12", "America/Port-au-Prince", "America/Argentina/Buenos_Aires", "GMT0"} {
		if zone, ok := Zone(name); !ok || zone.String() != name {
			t.Errorf("%s: %v, %t", name, zone, ok)
		}
	}
	for _, name := range []string{"", "Local", "localtime", "Factory", "posixrules", "right/UTC", "posix/UTC", "europe/berlin", "Europe//Berlin", "../UTC", "Europe/../UTC", "/UTC",
		"Europe/Berlin\x00", "Mars/Olympus", "Europe", "UTC ", strings.Repeat("A", 65)} {
		if zone, ok := Zone(name); ok {
			t.Errorf("%q is taken as %v", name, zone)
		}
	}
}
