// an answer that comes as fast as usual needs no word about its age
const SOON_MS = 700

/** Do something, and have it told where it takes longer than usual. */
export async function soonOr<T>(late: () => void, act: () => Promise<T>): Promise<T> {
  const timer = setTimeout(late, SOON_MS)
  try {
    return await act()
  } finally {
    clearTimeout(timer)
  }
}
