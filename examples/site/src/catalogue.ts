/** Everything the shop sells. */
export interface Article {
  readonly slug: string
  readonly name: string
  readonly blurb: string
  readonly pence: number
}

export const CATALOGUE: readonly Article[] = [
  {
    slug: 'manila-rope',
    name: 'Manila rope',
    blurb: 'Three-strand, twenty fathoms to the coil. Smells of tar and weather.',
    pence: 4200,
  },
  {
    slug: 'storm-lantern',
    name: 'Storm lantern',
    blurb: 'Burns forty hours on one filling, and in any wind you would sail in.',
    pence: 5800,
  },
  {
    slug: 'brass-compass',
    name: 'Brass compass',
    blurb: 'Gimballed, corrected by hand. Points north and keeps its opinions to itself.',
    pence: 12_600,
  },
  {
    slug: 'ash-block',
    name: 'Single block',
    blurb: 'Ash cheeks on a bronze sheave. Ten turns easier than pulling alone.',
    pence: 3450,
  },
  {
    slug: 'ships-bell',
    name: 'Ship’s bell',
    blurb: 'Cast bell bronze, six inches at the lip. Eight bells carry half a mile.',
    pence: 9900,
  },
  {
    slug: 'bronze-cleat',
    name: 'Bronze cleat',
    blurb: 'Round the base, a figure of eight, one hitch. It will hold fast.',
    pence: 2250,
  },
  {
    slug: 'signal-flags',
    name: 'Signal flags',
    blurb: 'The full alphabet in sewn wool bunting, rolled in a canvas pocket.',
    pence: 16_400,
  },
  {
    slug: 'cork-lifebuoy',
    name: 'Cork lifebuoy',
    blurb: 'Thirty inches, canvas over cork, with a grab line all the way round.',
    pence: 7700,
  },
]

export function findArticle(slug: string): Article | undefined {
  return CATALOGUE.find((article) => article.slug === slug)
}

export function priceOf(pence: number): string {
  return PRICE.format(pence / 100)
}

const PRICE = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' })
