/** About 470 bytes of JSON: what a small shop keeps of a visitor. */
export const sessionData = {
  userId: 'user-0001',
  roles: ['member', 'editor'],
  locale: 'en-GB',
  theme: 'dark',
  cart: Array.from({ length: 5 }, (_, index) => ({
    sku: `sku-${1000 + index}`,
    name: 'A coil of rope',
    quantity: index + 1,
  })),
  flash: [],
  visits: 1,
}
