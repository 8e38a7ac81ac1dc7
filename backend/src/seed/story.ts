// Who and what the demonstration workspace is about: a small company that roasts coffee and sells it on the web.
// Days count from today: -180 is half a year ago.
import { fixedId } from './random.ts'

export interface Person {
  readonly name: string
  readonly email: string
  readonly time_zone: string
  /** The days between which they work here. */
  readonly from: number
  readonly until: number
}

const person = (name: string, time_zone: string, from = -200, until = 1000): Person => ({
  name,
  email: `${name.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').split(' ')[0]}@heron.example`,
  time_zone,
  from,
  until,
})

export const PEOPLE = {
  ines: person('Inês Carvalho', 'Europe/Lisbon'),
  marek: person('Marek Novotný', 'Europe/Prague'),
  sofia: person('Sofia Lindgren', 'Europe/Stockholm'),
  jonas: person('Jonas Weber', 'Europe/Berlin'),
  priya: person('Priya Raman', 'Asia/Kolkata'),
  tomas: person('Tomás Rivera', 'Europe/Madrid', -200, -49),
  aiko: person('Aiko Tanaka', 'Asia/Tokyo'),
  lucie: person('Lucie Moreau', 'Europe/Paris'),
  hanna: person('Hanna Kovács', 'Europe/Budapest'),
  daniel: person('Daniel Osei', 'Africa/Accra'),
  nora: person('Nora Byrne', 'Europe/Dublin'),
  yusuf: person('Yusuf Demir', 'Europe/Istanbul', -70),
} as const
export type Who = keyof typeof PEOPLE
export const WHO = Object.keys(PEOPLE) as Who[]

export const projectId = (n: number) => fixedId('project', n)
export const userId = (who: Who) => fixedId('user', WHO.indexOf(who))

/** How work goes in a project; times in days, the rest are probabilities. */
export interface Habits {
  /** From being written down to being started. */
  readonly waits: number
  /** From being started to being done. */
  readonly takes: number
  readonly assigned: number
  readonly due: number
  /** How far ahead a due date is set. */
  readonly dueIn: number
  readonly postponed: number
  readonly reassigned: number
  readonly reopened: number
  readonly cancelled: number
  /** How urgent things are made to look, from 0 to 1. */
  readonly pressure: number
}

export interface Plan {
  readonly key: string
  readonly name: string
  readonly description: string
  /** What it was called in its first three weeks. */
  readonly formerly?: string
  /** Columns of its own, between those for what is being done and what is done, and how often a task comes to each. */
  readonly statuses?: readonly {
    readonly key: string
    readonly name: string
    readonly color: string
    readonly often: number
  }[]
  /** Whether its tasks are estimated and hours are counted. */
  readonly hours?: true
  /** The first one created it. */
  readonly owners: readonly [Who, ...Who[]]
  readonly editors: readonly Who[]
  readonly viewers: readonly Who[]
  readonly starts: number
  readonly archived?: number
  /** Between these days its tasks are written down; the higher `rush`, the more of them at the beginning. */
  readonly written: readonly [from: number, to: number]
  readonly rush: number
  readonly tasks: number
  readonly habits: Habits
  /** Days on which a share of the open tasks got the same priority at once. */
  readonly resets?: readonly {
    readonly day: number
    readonly priority: 'medium' | 'urgent'
    readonly share: number
  }[]
  /** A label is on the tasks with one of its words in their title. */
  readonly labels: readonly { readonly name: string; readonly color: string; readonly words: string }[]
  /** Every area with every work makes a title. */
  readonly areas: string
  readonly works: string
}

export const PROJECTS: readonly Plan[] = [
  {
    key: 'DAILY',
    name: 'Running the roastery',
    description:
      'What keeps the beans roasting, packed and on their way. **Done means checked by somebody else.**',
    owners: ['marek'],
    editors: ['daniel', 'aiko', 'ines', 'nora'],
    viewers: ['hanna'],
    starts: -182,
    written: [-180, 0],
    rush: 1,
    tasks: 600,
    habits: {
      waits: 1,
      takes: 2,
      assigned: 0.95,
      due: 0.9,
      dueIn: 5,
      postponed: 0.08,
      reassigned: 0.08,
      reopened: 0.03,
      cancelled: 0.03,
      pressure: 0.35,
    },
    labels: [
      { name: 'safety', color: '#d4351c', words: 'fire|first-aid|alarm|exhaust|inspection' },
      { name: 'money', color: '#00703c', words: 'invoice|quote|spare parts|contract' },
      { name: 'complaint', color: '#b58105', words: 'complaint' },
    ],
    areas:
      'Roaster 1|Roaster 2|Grinder line|Packing table|Cold store|Green bean store|Loading bay|Delivery van|Water filter|Exhaust fan|Scales|Label printer|Fire doors|First-aid box|Tasting room|Courier pick-up|Supplier portal|Waste and recycling|Alarm system|Staff kitchen|Compressor|Pallet lift|Temperature log|Moisture meter|Till',
    works:
      'check and sign the log|clean thoroughly|order spare parts|replace worn parts|calibrate|compare with last month|photograph the damage|ask for a quote|pay the invoice|update the instructions|train the new colleague|book the yearly inspection|count the stock|write down the serial numbers|find out why it stopped|label the shelves|renew the contract|test the backup|put up the new sign|tidy up|measure the noise|fix the leak|move to the other wall|close the customer complaint',
  },
  {
    key: 'SHOP',
    name: 'Web shop relaunch',
    formerly: 'Shop 2.0',
    statuses: [
      { key: 'waiting', name: 'Waiting', color: '#b58105', often: 0.15 },
      { key: 'review', name: 'Review', color: '#6f42c1', often: 0.7 },
    ],
    hours: true,
    description:
      'The new shop. Launch is in two weeks; what is still open here stands between us and the launch.',
    owners: ['lucie', 'ines'],
    editors: ['jonas', 'sofia', 'tomas', 'aiko', 'hanna'],
    viewers: ['nora', 'daniel'],
    starts: -176,
    written: [-175, -18],
    rush: 1.6,
    tasks: 560,
    habits: {
      waits: 9,
      takes: 5,
      assigned: 0.97,
      due: 0.75,
      dueIn: 24,
      postponed: 0.2,
      reassigned: 0.12,
      reopened: 0.12,
      cancelled: 0.06,
      pressure: 0.45,
    },
    labels: [
      { name: 'design', color: '#6f42c1', words: 'sketch|design|photographs' },
      { name: 'wording', color: '#1d70b8', words: 'texts|wording|translate|article|legal' },
      { name: 'bug', color: '#d4351c', words: 'fix|errors' },
    ],
    areas:
      'Home page|Product page|Search|Basket|Checkout|Payment|Invoices|Order e-mails|Subscriptions|Gift cards|Account pages|Address book|Shipping rates|Returns|Reviews|Newsletter sign-up|Cookie banner|Legal pages|Translations|Image pipeline|Sitemap|Analytics|Admin: orders|Admin: stock',
    works:
      'sketch|design for phones|design for large screens|write the texts|agree on the wording with the lawyer|build the first version|handle the empty state|handle errors|load faster than a second|test with a screen reader|test with the keyboard alone|test on an old phone|test with real customers|fix what the test found|translate into French|translate into German|take new photographs|write automated tests|measure conversions|import the old data|review the code|add to the status page|write the help article|prepare the launch',
  },
  {
    key: 'APP',
    name: 'Mobile app',
    formerly: 'App (working title)',
    description: 'Order from the tram. Everybody has wishes, nobody has time.',
    owners: ['ines', 'priya'],
    editors: ['tomas', 'yusuf', 'sofia', 'aiko', 'jonas', 'hanna'],
    viewers: ['marek', 'daniel', 'lucie'],
    starts: -181,
    written: [-180, 0],
    rush: 0.9,
    tasks: 780,
    habits: {
      waits: 24,
      takes: 30,
      assigned: 0.72,
      due: 0.62,
      dueIn: 20,
      postponed: 0.55,
      reassigned: 0.4,
      reopened: 0.28,
      cancelled: 0.12,
      pressure: 0.8,
    },
    resets: [
      { day: -88, priority: 'medium', share: 1 },
      { day: -23, priority: 'urgent', share: 0.4 },
    ],
    labels: [
      { name: 'bug', color: '#d4351c', words: 'crashes|slow|broken|forgets|wrong|flaky' },
      { name: 'design', color: '#6f42c1', words: 'design|prototype|animat' },
      { name: 'board', color: '#b58105', words: 'board|who asked' },
    ],
    areas:
      'Sign-in|Face unlock|Start screen|Menu|Favourites|Order again|Pick-up times|Map of cafés|Stamp card|Push messages|Payment sheet|Wallet pass|Order status|Ratings|Widget|Watch app|Tablet layout|Dark mode|Offline mode|Deep links|Settings|Account deletion|Crash reports|Store listing|Release build|Update prompt|Localisation|Accessibility',
    works:
      'crashes now and then|is slow to open|looks broken in landscape|forgets what was typed|shows the wrong time zone|decide whether we want it|prototype|second prototype|design|redesign after the board meeting|build for Android|build for iOS|make both behave alike|animate|remove the animation|write tests|fix the flaky test|measure battery use|agree with the server team on the data|move to the new library|move back from the new library|ask the beta testers|answer the beta testers|shorten the texts|find out who asked for this|document|get the store to accept it|show to the board',
  },
  {
    key: 'FAIR',
    name: 'Trade fair',
    description: 'Four days, one stand, 2,000 cups.',
    owners: ['hanna'],
    editors: ['sofia', 'marek', 'daniel', 'ines'],
    viewers: ['nora', 'lucie'],
    starts: -170,
    archived: -56,
    written: [-168, -66],
    rush: 1.2,
    tasks: 260,
    habits: {
      waits: 8,
      takes: 4,
      assigned: 0.95,
      due: 0.9,
      dueIn: 18,
      postponed: 0.15,
      reassigned: 0.12,
      reopened: 0.05,
      cancelled: 0.08,
      pressure: 0.55,
    },
    labels: [
      { name: 'booking', color: '#1d70b8', words: 'book|hotel|train|order' },
      { name: 'print', color: '#6f42c1', words: 'print|proof-read|banner|leaflet' },
    ],
    areas:
      'Stand|Banner|Espresso machine|Water supply|Power supply|Cups|Samples|Price list|Leaflet|Interviews|Hotel|Train tickets|Shift plan|Press|Competition|Insurance|Stand party',
    works:
      'ask for quotes|compare quotes|book|order|confirm by phone|design|print|proof-read|pack|transport there|set up|test the day before|take photographs|transport back|pay|thank everybody|write down what we learned',
  },
  {
    key: 'BUILD',
    name: 'Second roastery',
    description: 'A new building by spring. See the drawings before you promise anybody a date.',
    owners: ['ines', 'marek'],
    editors: ['nora', 'daniel', 'jonas'],
    viewers: ['sofia'],
    starts: -46,
    written: [-45, 0],
    rush: 2.2,
    tasks: 480,
    habits: {
      waits: 60,
      takes: 20,
      assigned: 0.6,
      due: 0.85,
      dueIn: 110,
      postponed: 0.12,
      reassigned: 0.1,
      reopened: 0.04,
      cancelled: 0.05,
      pressure: 0.3,
    },
    labels: [
      { name: 'permit', color: '#b58105', words: 'permit|regulations|authority|fire brigade' },
      { name: 'money', color: '#00703c', words: 'contract|offers|negotiate|payment|insurer' },
      { name: 'drawing', color: '#6f42c1', words: 'draw' },
    ],
    areas:
      'Site|Foundations|Roof|Façade|Windows|Heating|Ventilation|Chimney|Water|Drains|Power|Solar panels|Network|Lighting|Floors|Loading ramp|Roaster hall|Bean silo|Packing hall|Office|Tasting bar|Permits',
    works:
      'read the regulations|draw|draw again|calculate|ask the neighbours|ask the architect|ask the fire brigade|apply for the permit|answer the authority|tender|compare the offers|negotiate|sign the contract|order|schedule|supervise|measure|test|document for the insurer|take over from the builder|list the defects|release the final payment',
  },
  {
    key: 'TEAM',
    name: 'People',
    description: 'Hiring, first weeks, and what makes this a good place to work. **Confidential.**',
    owners: ['nora'],
    editors: ['ines', 'marek'],
    viewers: [],
    starts: -180,
    written: [-178, 0],
    rush: 1,
    tasks: 320,
    habits: {
      waits: 6,
      takes: 7,
      assigned: 0.9,
      due: 0.6,
      dueIn: 16,
      postponed: 0.18,
      reassigned: 0.06,
      reopened: 0.04,
      cancelled: 0.09,
      pressure: 0.25,
    },
    labels: [
      { name: 'hiring', color: '#1d70b8', words: 'advertisement|applications|invite|talk|references|offer' },
      { name: 'money', color: '#00703c', words: 'budget|salary|pension' },
    ],
    areas:
      'Mobile developer|Roaster, early shift|Support, half-time|Apprentice|Shop assistant|Summer party|Pension plan|Salary review|Holiday plan|Health and safety|Office chairs|Language course|Team day|Parental leave|Feedback talks|Bicycle leasing|Employee handbook|New laptops',
    works:
      'write down what we need|agree on the budget|write the advertisement|publish|read the applications|invite|first talk|second talk|check references|make an offer|prepare the first week|say no kindly|ask everybody|compare providers|sign|announce|collect feedback|close',
  },
]

/** Those who work in a project and are here on a day. */
export const teamOn = ({ owners, editors }: Plan, day: number): Who[] =>
  [...owners, ...editors].filter((who) => PEOPLE[who].from + 1 < day && day < PEOPLE[who].until - 1)

export const NOTES: readonly string[] = [
  'Asked for by several customers.\n\n- [ ] talk to support first\n- [ ] agree on what we leave out',
  "See last week's minutes. The short version: **small and soon** beats complete and late.",
  'Steps:\n\n1. look at how it is today\n2. write down what bothers us\n3. change one thing\n4. look again',
  'Careful, this was tried before and undone. Ask Marek why.',
  'Done when somebody who has not worked on it could explain it.',
  'There is a draft in the shared folder. Comments welcome until Friday.',
  'Cheap if we do it together with the others in this area.',
  'Waiting for an answer; asked twice.',
]
