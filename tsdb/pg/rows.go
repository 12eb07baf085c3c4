package pg

import "context"

type payerKey struct{}

// PaidBy returns a context whose questions are paid for by the rows that they read. pay is called before a statement
// that may read many rows, by any goroutine, with how many they are about. If it returns an error, the statement is not
// sent and the question returns that error.
func PaidBy(ctx context.Context, pay func(rows int64) error) context.Context {
	return context.WithValue(ctx, payerKey{}, pay)
}

// IsPaid reports whether the rows of a context are paid for. If not, nobody needs to know how many they are.
func IsPaid(ctx context.Context) bool { return ctx.Value(payerKey{}) != nil }

// Pay pays for rows that are about to be read.
func Pay(ctx context.Context, rows int64) error {
	pay, paid := ctx.Value(payerKey{}).(func(rows int64) error)
	if !paid || rows <= 0 {
		return nil
	}
	return pay(rows)
}
