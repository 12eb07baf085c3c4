package tsdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Banner is a banner and when it was raised.
type Banner struct {
	billing.Banner
	RaisedAt time.Time
}

// BannerList is the banners that one user sees of an account, in the page's order.
type BannerList struct {
	AccountID int64
	AsOf      time.Time
	Revision  int64
	Banners   []Banner
}

// BannerRef names a banner: its kind, its first meter, its threshold and the arming that was shown. A banner of a later
// arming is another one, so that a dismissal does not reach beyond the threshold that was shown.
type BannerRef struct {
	Kind      billing.BannerKind
	Meter     billing.Meter
	Threshold billing.Threshold
	Arming    int64
}

// Ref names the banner.
func (b Banner) Ref() BannerRef { return BannerRef{b.Kind, b.Meters[0], b.Threshold, b.Arming} }

// BannerDismissed is the payload of EventBanner. With a user, that user dismissed a banner; without one, a banner
// appeared or disappeared for everybody.
type BannerDismissed struct {
	UserID string `json:"userId,omitempty"`
}

// bannerFacts reads what banners need besides the account: users' dismissals, and when the thresholds that are now
// reached were reached. $1: accounts, $2: users. A crossing is found by the arming that the balance row holds, so a
// long history costs nothing.
const bannerFacts = `
SELECT d.account_id, d.user_id, d.meter, d.step::text AS step, d.arming, d.at
FROM banner_dismissal d WHERE d.account_id = ANY($1::bigint[]) AND d.user_id = ANY($2::text[]) AND d.user_id <> ''
UNION ALL
SELECT c.account_id, '', c.meter, c.step, c.arming, c.at
FROM balance b CROSS JOIN generate_series(0, 1) AS m CROSS JOIN generate_series(0, 8) AS s
JOIN crossing c ON c.account_id = b.account_id AND c.meter = (ARRAY['MODEL_CREDITS','TOOL_RUNS'])[m + 1]
 AND c.step = (ARRAY['20','50','70','80','90','100','LOW','ZERO','NEGATIVE'])[s + 1] AND c.arming = coalesce(b.armings[9 * m + s + 1], 0)
WHERE b.account_id = ANY($1::bigint[]) AND b.steps_reached[m + 1] >> s & 1 = 1
ORDER BY 1, 2, 3, 4`

// bannerFact is a row of bannerFacts. It is a dismissal if it has a user, otherwise a crossing.
type bannerFact struct {
	account         int64
	user, threshold string
	meter           billing.Meter
	arming          int64
	at              time.Time
}

func (f *bannerFact) columns() []any {
	return []any{&f.account, &f.user, &f.meter, &f.threshold, &f.arming, &f.at}
}

// bannerLore holds the results of bannerFacts, by account.
type bannerLore struct {
	dismissed map[dismissalKey]billing.Dismissal
	raised    map[raiseKey]time.Time
}

type dismissalKey struct {
	account int64
	user    string
	meter   billing.Meter
}

type raiseKey struct {
	account   int64
	meter     billing.Meter
	threshold billing.Threshold
}

func newBannerLore() *bannerLore {
	return &bannerLore{dismissed: map[dismissalKey]billing.Dismissal{}, raised: map[raiseKey]time.Time{}}
}

func (l *bannerLore) add(f *bannerFact) {
	// A row without a user comes from the other half of the union: when a threshold was reached.
	if f.user == "" {
		l.raised[raiseKey{f.account, f.meter, billing.Threshold(f.threshold)}] = f.at.UTC()
		return
	}
	l.dismissed[dismissalKey{f.account, f.user, f.meter}] = billing.Dismissal{Percent: billing.Threshold(f.threshold).Percent(), Arming: f.arming}
}

// banners returns what a user sees of an account. Banners come from postings (rules.md §3), so what has accrued since
// shows with the next one.
func (l *bannerLore) banners(a *Account, user string) BannerList {
	list := BannerList{AccountID: a.ID, AsOf: a.AsOf, Revision: a.Revision, Banners: []Banner{}}
	for _, b := range billing.Banners(a.postedMeters(), l.dismissalsOf(a.ID, user)) {
		list.Banners = append(list.Banners, Banner{b, l.raised[raiseKey{a.ID, b.Meters[0], b.Threshold}]})
	}
	return list
}

// dismissalsOf returns the dismissals of a user; a program has none and sees all banners.
func (l *bannerLore) dismissalsOf(account int64, user string) func(billing.Meter) billing.Dismissal {
	if user == "" {
		return nil
	}
	return func(m billing.Meter) billing.Dismissal { return l.dismissed[dismissalKey{account, user, m}] }
}

// postedMeters returns the account's meters as the last posting left them.
func (a *Account) postedMeters() []billing.MeterState {
	states := a.MeterStates()
	for i := range states {
		// MeterStates is as of the requested instant. A grant may have ended since the last posting, which would raise a
		// banner of which nobody has been told.
		states[i].FreeExpired = a.postedFree[i]
	}
	return states
}

// Banners returns the banners that a user sees of an account; userID "" is a program, which has dismissed none.
// NotFound is returned if there is no such account.
func (r *Reader) Banners(ctx context.Context, account int64, userID string) (BannerList, error) {
	lore, f := newBannerLore(), &bannerFact{}
	a, err := r.Query(ctx, account, "-- name: read banners"+bannerFacts, []any{[]int64{account}, []string{userID}}, f.columns(), func() error {
		lore.add(f)
		return nil
	})
	if err != nil {
		return BannerList{}, fmt.Errorf("read banners: %w", err)
	}
	return lore.banners(a, userID), nil
}

// BannerFor names an account and the user who sees its banners; User "" is a program.
type BannerFor struct {
	Account int64
	User    string
}

// LiveStates reads accounts, and what users see of their banners, as of now from one snapshot, for live updates of many
// accounts at a time. Unknown accounts are missing from both results.
func (s *Store) LiveStates(ctx context.Context, accounts []int64, banners []BannerFor) (map[int64]*Account, map[BannerFor]BannerList, error) {
	states, lists := make(map[int64]*Account, len(accounts)), make(map[BannerFor]BannerList, len(banners))
	// Without banners one statement reads everything, and so sees one state.
	if len(banners) == 0 {
		found, err := s.Accounts(ctx, accounts)
		for _, a := range found {
			states[a.ID] = a
		}
		return states, lists, err
	}
	asOf, lore := s.Now(), newBannerLore()
	// A snapshot, because a crossing that commits between the two statements would show a banner without the
	// balance that raised it.
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) error {
		var b pgx.Batch
		b.Queue("-- name: read live accounts"+loadAccounts, padded(accounts), false, asOf).Query(func(rows pgx.Rows) error {
			loaded, err := collectAccounts(rows)
			for _, a := range loaded {
				states[a.ID] = a.at(asOf)
			}
			return err
		})
		b.Queue("-- name: read live banners"+bannerFacts, distinctAccounts(banners), distinctUsers(banners)).Query(lore.collect)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read live states: %w", err)
	}
	// Every account was read with every user, which is more than was asked for. A dismissal is found by both, so nobody
	// sees one of another account.
	for _, w := range banners {
		if a := states[w.Account]; a != nil {
			lists[w] = lore.banners(a, w.User)
		}
	}
	return states, lists, nil
}

func (l *bannerLore) collect(rows pgx.Rows) error {
	f := &bannerFact{}
	_, err := pgx.ForEachRow(rows, f.columns(), func() error {
		l.add(f)
		return nil
	})
	return err
}

func distinctAccounts(list []BannerFor) []int64 {
	ids := make([]int64, len(list))
	for i, w := range list {
		ids[i] = w.Account
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func distinctUsers(list []BannerFor) []string {
	users := make([]string, len(list))
	for i, w := range list {
		users[i] = w.User
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// DismissBanner hides a removable banner, and those of all lower thresholds of its meter, from one user, until a higher
// threshold is reached or the threshold re-arms. It returns Fixed for a fixed banner, Invalid for a caller that is not
// a user, and NotFound for an unknown account or a banner that was never raised. A repeat changes nothing. A dismissal
// that comes late, when a higher threshold has taken the banner's place, hides only the lower one. Dismissals from
// several windows wait for the account's lock, and the later ones find nothing to change.
func (s *Store) DismissBanner(ctx context.Context, account int64, userID string, ref BannerRef) error {
	if userID == "" {
		return refuse(Invalid, "", "a banner is dismissed for a user, and this credential speaks for none")
	}
	return s.changeAccount(ctx, account, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		dismissal, err := c.dismissal(ref)
		if err != nil {
			return err
		}
		return s.storeDismissal(ctx, tx, c, userID, ref.Meter, dismissal)
	})
}

// dismissal returns what dismissing a banner stores, or why it cannot be dismissed.
func (c *change) dismissal(ref BannerRef) (billing.Dismissal, error) {
	// The state from before the account was brought up, because the user saw the banners of the last posting.
	var states []billing.MeterState
	for i, m := range billing.Meters() {
		states = append(states, meterState(c.before, m, c.Thresholds[i]))
	}
	for _, b := range billing.Banners(states, nil) {
		if (Banner{Banner: b}).Ref() == ref && !b.Removable {
			return billing.Dismissal{}, refuse(Fixed, "bannerId", "this banner stays until credits arrive")
		}
	}
	i := slices.Index(billing.Meters(), ref.Meter)
	if i < 0 || ref.Kind != billing.BannerThreshold || !wasRaised(c.Thresholds[i], ref) {
		return billing.Dismissal{}, refuse(NotFound, "bannerId", "there is no such banner")
	}
	return billing.Dismissal{Percent: ref.Threshold.Percent(), Arming: ref.Arming}, nil
}

// wasRaised reports whether a percent threshold was, or may have been, shown under an arming. A threshold that is still
// ahead cannot be dismissed.
func wasRaised(s billing.ThresholdState, ref BannerRef) bool {
	i := ref.Threshold.Index()
	if i < 0 || i >= billing.Threshold100.Index() || ref.Arming < 0 {
		return false
	}
	latest := slices.Max(s.Armings[:i+1])
	return ref.Arming < latest || ref.Arming == latest && s.Reached(ref.Threshold)
}

const selectDismissal = `-- name: read dismissal
SELECT step, arming FROM banner_dismissal WHERE account_id = $1 AND user_id = $2 AND meter = $3`

const upsertDismissal = `-- name: write dismissal
INSERT INTO banner_dismissal (account_id, user_id, meter, arming, step, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account_id, user_id, meter) DO UPDATE SET arming = EXCLUDED.arming, step = EXCLUDED.step, at = EXCLUDED.at`

// storeDismissal adds a dismissal to what the user dismissed before, and tells the user's other windows.
func (s *Store) storeDismissal(ctx context.Context, tx pgx.Tx, c *change, userID string, m billing.Meter, d billing.Dismissal) error {
	rows, err := tx.Query(ctx, selectDismissal, c.ID, userID, string(m))
	if err != nil {
		return fmt.Errorf("read dismissal: %w", err)
	}
	before, err := pgx.CollectRows(rows, pgx.RowToStructByPos[billing.Dismissal])
	if err != nil {
		return fmt.Errorf("read dismissal: %w", err)
	}
	// One row per user and meter holds the highest dismissal; With joins the two, so that a lower one never
	// replaces it.
	if len(before) > 0 {
		if before[0].With(d) == before[0] {
			return nil
		}
		d = before[0].With(d)
	}
	if _, err := tx.Exec(ctx, upsertDismissal, c.ID, userID, string(m), d.Arming, d.Percent, s.Now()); err != nil {
		return fmt.Errorf("write dismissal: %w", err)
	}
	// No balance moves, but the account's revision does; otherwise the event could not be ordered among the others.
	c.touched = true
	c.addEvent(EventBanner, s.Now(), BannerDismissed{userID})
	return nil
}
