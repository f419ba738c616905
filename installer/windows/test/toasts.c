/* The part of the Windows Runtime that shows toasts, for tests: Wine has none. It answers by the interfaces' own ids and
 * the order of their methods in the Windows SDK (windows.ui.notifications.idl, windows.data.xml.dom.idl), and writes down
 * who shows what. It fails what asks for an interface before it can be had, and counts what is never given back. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define LOG "C:\\toasts.log"
typedef void *HSTRING;
typedef struct Thing Thing;
typedef HRESULT(WINAPI *Method)();
const WCHAR *WINAPI WindowsGetStringRawBuffer(HSTRING, UINT32 *);

enum Kind { MAKES_DOCUMENT, MAKES_TOAST, MANAGER, DOCUMENT, READER, TOAST, NOTIFIER };
struct Thing {
    const Method *table;
    enum Kind kind;
    LONG references;
    Thing *behind; /* whose words it has */
    char words[2000];
};

static LONG alive;
static const GUID IUnknown_ = {0, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
static const GUID IActivationFactory_ = {0x35, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
static const GUID IXmlDocument = {0xf7f3a506, 0x1e87, 0x42d6, {0xbc, 0xfb, 0xb8, 0xc8, 0x09, 0xfa, 0x54, 0x94}};
static const GUID IXmlDocumentIO = {0x6cd0e74e, 0xee65, 0x4489, {0x9e, 0xbf, 0xca, 0x43, 0xe8, 0x7b, 0xa6, 0x37}};
static const GUID IToastNotificationFactory = {0x04124b20, 0x82c6, 0x4229, {0xb1, 0x09, 0xfd, 0x9e, 0xd4, 0x66, 0x2b, 0x53}};
static const GUID IToastNotificationManagerStatics = {0x50ac103f, 0xd235, 0x4598, {0xbb, 0xef, 0x98, 0xfe, 0x4d, 0x1a, 0x3a, 0xd4}};

static HRESULT make(enum Kind kind, Thing *behind, void **out);

static ULONG WINAPI add(Thing *thing) { return InterlockedIncrement(&thing->references); }

static ULONG WINAPI release(Thing *thing)
{
    LONG left = InterlockedDecrement(&thing->references);
    if (left == 0) {
        if (thing->behind)
            release(thing->behind);
        free(thing);
        InterlockedDecrement(&alive);
    }
    return left;
}

static HRESULT WINAPI query(Thing *thing, const GUID *id, void **out)
{
    Thing *whole = thing->kind == READER ? thing->behind : thing;
    const GUID *own = whole->kind == DOCUMENT      ? &IXmlDocument
                      : whole->kind == MAKES_TOAST ? &IToastNotificationFactory
                      : whole->kind == MANAGER     ? &IToastNotificationManagerStatics
                                                   : &IUnknown_;
    int makes = whole->kind <= MANAGER && IsEqualGUID(id, &IActivationFactory_);
    *out = NULL;
    if (whole->kind == DOCUMENT && IsEqualGUID(id, &IXmlDocumentIO))
        return make(READER, whole, out);
    if (!makes && !IsEqualGUID(id, own) && !IsEqualGUID(id, &IUnknown_))
        return E_NOINTERFACE;
    add(whole);
    *out = whole;
    return S_OK;
}

static HRESULT WINAPI never(void) { return E_NOTIMPL; }

static void keep(Thing *thing, HSTRING string)
{
    UINT32 length = 0;
    const WCHAR *text = WindowsGetStringRawBuffer(string, &length);
    int size = WideCharToMultiByte(CP_UTF8, 0, text, length, thing->words, sizeof thing->words - 1, NULL, NULL);
    thing->words[size] = 0;
}

static HRESULT WINAPI new_document(Thing *factory, void **out)
{
    return factory->kind == MAKES_DOCUMENT ? make(DOCUMENT, NULL, out) : E_NOTIMPL;
}

static HRESULT WINAPI load_xml(Thing *reader, HSTRING text)
{
    keep(reader->behind, text);
    return strncmp(reader->behind->words, "<toast>", 7) ? E_INVALIDARG : S_OK;
}

static HRESULT WINAPI create_toast(Thing *factory, Thing *document, void **out)
{
    return document->kind == DOCUMENT ? make(TOAST, document, out) : E_INVALIDARG;
}

static HRESULT WINAPI create_notifier(Thing *manager, HSTRING application, void **out)
{
    HRESULT made = make(NOTIFIER, NULL, out);
    keep(*out, application);
    return made;
}

static HRESULT WINAPI setting(Thing *notifier, int *out)
{
    *out = GetFileAttributesA("C:\\toasts.off") == INVALID_FILE_ATTRIBUTES ? 0 : 2;
    return S_OK;
}

static HRESULT WINAPI show(Thing *notifier, Thing *toast)
{
    FILE *log = fopen(LOG, "ab");
    if (!log || toast->kind != TOAST)
        return E_INVALIDARG;
    fprintf(log, "%s|%s\n", notifier->words, toast->behind->words);
    fclose(log);
    return S_OK;
}

#define BASE (Method)query, (Method)add, (Method)release, (Method)never, (Method)never, (Method)never
#define NEVER (Method)never
static const Method tables[][11] = {
    [MAKES_DOCUMENT] = {BASE, (Method)new_document},
    [MAKES_TOAST] = {BASE, (Method)create_toast},
    [MANAGER] = {BASE, NEVER, (Method)create_notifier, NEVER},
    [DOCUMENT] = {BASE, NEVER, NEVER, NEVER},
    [READER] = {BASE, (Method)load_xml, NEVER, NEVER},
    [TOAST] = {BASE, NEVER, NEVER, NEVER},
    [NOTIFIER] = {BASE, (Method)show, NEVER, (Method)setting, NEVER, NEVER},
};

static HRESULT make(enum Kind kind, Thing *behind, void **out)
{
    Thing *thing = calloc(1, sizeof *thing);
    if (!thing)
        return E_OUTOFMEMORY;
    thing->table = tables[kind];
    thing->kind = kind;
    thing->references = 1;
    thing->behind = behind;
    if (behind)
        add(behind);
    InterlockedIncrement(&alive);
    *out = thing;
    return S_OK;
}

__declspec(dllexport) HRESULT WINAPI DllGetActivationFactory(HSTRING class, void **out)
{
    UINT32 length;
    const WCHAR *name = WindowsGetStringRawBuffer(class, &length);
    return make(wcsstr(name, L"XmlDocument") ? MAKES_DOCUMENT : wcsstr(name, L"Manager") ? MANAGER : MAKES_TOAST, NULL, out);
}

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, void *reserved)
{
    FILE *log = reason == DLL_PROCESS_DETACH && alive ? fopen(LOG, "ab") : NULL;
    if (log) {
        fprintf(log, "%ld not given back\n", alive);
        fclose(log);
    }
    return TRUE;
}
