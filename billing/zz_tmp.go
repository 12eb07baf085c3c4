package billing

import "time"

func AddMonthsClamped(t time.Time, n int) time.Time { return t.AddDate(0, n, 0) }
