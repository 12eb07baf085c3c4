// The banners at the top of every page, in the API's order.
import { Button, CloseButton } from '@mantine/core';
import { IconAlertTriangle, IconClockExclamation, IconInfoCircle } from '@tabler/icons-react';
import { useChange } from '../api/ask';
import { type BannerFieldsFragment, DismissBannerDocument, type DismissBannerMutation } from '../gql/graphql';
import { usePlace } from '../shell/place';
import { contact } from '../ui/contact';
import { text } from '../ui/text';
import { told } from '../ui/told';
import { useLive } from './live';

const picked = (data: DismissBannerMutation) => data.dismissBanner;

/** All banners that the caller is to see now. */
export function Banners() {
  const { banners, takeBanners } = useLive();
  const { account, can } = usePlace();
  const [dismiss, busy] = useChange(DismissBannerDocument, picked);
  const drop = async (banner: BannerFieldsFragment) => {
    const { done } = await dismiss({ input: { accountId: account.id, bannerId: banner.id } });
    if (done?.banners) takeBanners(done.banners);
  };
  return (
    <div role="region" aria-label={text.banners.region} aria-live="polite" className="banners">
      {banners?.banners.map((banner) => (
        <Strip
          key={banner.id}
          banner={banner}
          account={account.id}
          busy={busy}
          onDismiss={can('BANNER_DISMISS') ? drop : null}
        />
      ))}
    </div>
  );
}

interface StripProps {
  banner: BannerFieldsFragment;
  account: string;
  busy: boolean;
  onDismiss: ((banner: BannerFieldsFragment) => void) | null;
}

function Strip({ banner, account, busy, onDismiss }: StripProps) {
  const grave = banner.kind !== 'THRESHOLD';
  const sentence = told.banner(banner);
  const support = contact(banner.link, text.banners.subject(account));
  const Icon = grave ? IconAlertTriangle : banner.percent >= 70 ? IconClockExclamation : IconInfoCircle;
  return (
    <div className="banner" data-kind={banner.kind} data-percent={banner.percent} data-grave={grave || undefined}>
      <Icon size={20} aria-hidden className="banner-icon" />
      <p>{sentence}</p>
      {support && (
        <Button component="a" href={support} size="xs" variant="default">
          {text.banners.actions[banner.action]}
        </Button>
      )}
      {banner.removable && onDismiss && (
        <CloseButton
          aria-label={text.banners.dismiss(sentence)}
          title={text.banners.close}
          disabled={busy}
          onClick={() => onDismiss(banner)}
        />
      )}
    </div>
  );
}
