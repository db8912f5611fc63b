import type { JSX } from 'preact'
import type { Variable } from '../../shared/api.ts'

/** What there is at this moment. What has changed says so. */
export function Variables({ variables }: { readonly variables: readonly Variable[] }): JSX.Element {
  return (
    <table class="variables">
      <caption>What there is at this moment</caption>
      <tbody>
        {variables.map(({ name, value, changed }) => (
          <tr class={changed ? 'changed' : ''}>
            <th scope="row">{name}</th>
            <td>
              <span class="variable-value">{value}</span>
              {changed && <span class="badge">changed</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
