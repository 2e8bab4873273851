import { onBeforeUnmount, ref, watch, type Ref } from 'vue'
import type { Errand } from '../queue/errand.ts'

/** Addresses under which pictures that wait can be shown; given back when they are no longer. */
export function picturesOf(errands: Ref<Errand[]>): Ref<string[]> {
  const shown = ref<string[]>([])
  const forget = (): void => shown.value.forEach((address) => URL.revokeObjectURL(address))
  watch(
    errands,
    (items) => {
      forget()
      shown.value = items.filter((item) => item.picture).map((item) => URL.createObjectURL(item.picture!))
    },
    { immediate: true },
  )
  onBeforeUnmount(forget)
  return shown
}
