/* bcryptprimitives.dll for Wine 8, which has none: Rust's standard library takes
 * ProcessPrng from it. RtlGenRandom, exported as SystemFunction036, does the same. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    const SIZE_T most = 1u << 30; /* a ULONG is 32 bits, SIZE_T is 64 */
    while (length > 0) {
        ULONG part = (ULONG)(length < most ? length : most);
        if (!SystemFunction036(buffer, part))
            return FALSE;
        buffer += part;
        length -= part;
    }
    return TRUE;
}
