package server

import "runtime/debug"

// Build says what this binary was made from.
type Build struct{ Version, Revision, Go string }

// ReadBuild reads what the linker recorded; fields are empty if it recorded nothing.
func ReadBuild() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Build{}
	}
	b := Build{Version: info.Main.Version, Go: info.GoVersion}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
}
