//! Objects of the Windows Runtime, as far as a toast needs them: made by name, called by the number of a method.
//!
//! Each object starts with a pointer to the table of its methods: 0 to 2 are those of `IUnknown`, 3 to 5 those of
//! `IInspectable`, and an interface's own follow. All of them return an HRESULT, which is negative for an error.

#![allow(
    unsafe_code,
    reason = "the Windows Runtime has no safe wrapper that is linked already"
)]

use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};

use windows_sys::core::GUID;

type Hresult = i32;
type Pointer = *mut c_void;

// Every Windows since 8 has it.
#[link(name = "combase", kind = "raw-dylib")]
unsafe extern "system" {
    fn RoInitialize(kind: i32) -> Hresult;
    fn RoUninitialize();
    fn RoActivateInstance(class: Pointer, object: *mut Pointer) -> Hresult;
    fn RoGetActivationFactory(class: Pointer, id: *const GUID, factory: *mut Pointer) -> Hresult;
    fn WindowsCreateString(text: *const u16, length: u32, string: *mut Pointer) -> Hresult;
    fn WindowsDeleteString(string: Pointer) -> Hresult;
}

const RELEASE: usize = 2;
const QUERY_INTERFACE: usize = 0;
/// `RO_INIT_MULTITHREADED`: no window has to pass messages on.
const MULTITHREADED: i32 = 1;
/// `E_POINTER`: what should be there is not.
const NOTHING: Hresult = 0x8000_4003_u32.cast_signed();

fn check(code: Hresult) -> Result<(), Hresult> {
    if code < 0 { Err(code) } else { Ok(()) }
}

/// What a method takes: a pointer that stays the caller's.
pub(super) trait Argument {
    fn pointer(&self) -> Pointer;
}

/// The Windows Runtime, for this thread.
pub(super) struct Apartment;

impl Apartment {
    pub(super) fn enter() -> Result<Self, Hresult> {
        // SAFETY: it takes a number only; what succeeds is undone once, when this is dropped.
        check(unsafe { RoInitialize(MULTITHREADED) }).map(|()| Self)
    }
}

impl Drop for Apartment {
    fn drop(&mut self) {
        // SAFETY: it was initialised by this thread, and objects made since are dropped before.
        unsafe { RoUninitialize() };
    }
}

/// A string of the Windows Runtime; null is the empty one.
pub(super) struct Text(Pointer);

impl Text {
    pub(super) fn new(text: &str) -> Result<Self, Hresult> {
        let wide: Vec<u16> = text.encode_utf16().collect();
        let length = u32::try_from(wide.len()).map_err(|_| NOTHING)?;
        let mut string = null_mut();
        // SAFETY: the text is as long as is said, and copied.
        check(unsafe { WindowsCreateString(wide.as_ptr(), length, &raw mut string) })?;
        Ok(Self(string))
    }
}

impl Argument for Text {
    fn pointer(&self) -> Pointer {
        self.0
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        // SAFETY: it was created, and is deleted once.
        unsafe { WindowsDeleteString(self.0) };
    }
}

/// An object, by one of its interfaces.
pub(super) struct Object(NonNull<c_void>);

impl Object {
    /// A new object of a class.
    pub(super) fn new(class: &str) -> Result<Self, Hresult> {
        let class = Text::new(class)?;
        // SAFETY: the class is a string that lives through the call.
        Self::made(|object| unsafe { RoActivateInstance(class.0, object) })
    }

    /// What makes objects of a class, by the interface of this id.
    pub(super) fn factory(class: &str, id: u128) -> Result<Self, Hresult> {
        let (class, id) = (Text::new(class)?, GUID::from_u128(id));
        // SAFETY: the class is a string, and it and the id live through the call.
        Self::made(|object| unsafe { RoGetActivationFactory(class.0, &raw const id, object) })
    }

    /// The same object, by another interface.
    pub(super) fn query(&self, id: u128) -> Result<Self, Hresult> {
        let id = GUID::from_u128(id);
        // SAFETY: QueryInterface of any object has this form.
        let query: unsafe extern "system" fn(Pointer, *const GUID, *mut Pointer) -> Hresult =
            unsafe { std::mem::transmute(self.method(QUERY_INTERFACE)) };
        // SAFETY: the object and the id live through the call.
        Self::made(|object| unsafe { query(self.pointer(), &raw const id, object) })
    }

    /// Calls a method that takes one argument.
    ///
    /// # Safety
    /// The object's interface has a method of this number and form.
    pub(super) unsafe fn call(
        &self,
        method: usize,
        argument: &dyn Argument,
    ) -> Result<(), Hresult> {
        // SAFETY: the caller says that the method has this form.
        let call: unsafe extern "system" fn(Pointer, Pointer) -> Hresult =
            unsafe { std::mem::transmute(self.method(method)) };
        // SAFETY: the object and the argument live through the call.
        check(unsafe { call(self.pointer(), argument.pointer()) })
    }

    /// Calls a method that takes one argument and makes an object.
    ///
    /// # Safety
    /// The object's interface has a method of this number and form.
    pub(super) unsafe fn make(
        &self,
        method: usize,
        argument: &dyn Argument,
    ) -> Result<Self, Hresult> {
        // SAFETY: the caller says that the method has this form.
        let make: unsafe extern "system" fn(Pointer, Pointer, *mut Pointer) -> Hresult =
            unsafe { std::mem::transmute(self.method(method)) };
        // SAFETY: the object and the argument live through the call.
        Self::made(|object| unsafe { make(self.pointer(), argument.pointer(), object) })
    }

    /// Calls a method that answers with a number.
    ///
    /// # Safety
    /// The object's interface has a method of this number and form.
    pub(super) unsafe fn number(&self, method: usize) -> Result<i32, Hresult> {
        // SAFETY: the caller says that the method has this form.
        let number: unsafe extern "system" fn(Pointer, *mut i32) -> Hresult =
            unsafe { std::mem::transmute(self.method(method)) };
        let mut answer = 0;
        // SAFETY: the object lives through the call, and the answer goes to a live variable.
        check(unsafe { number(self.pointer(), &raw mut answer) })?;
        Ok(answer)
    }

    fn made(make: impl FnOnce(*mut Pointer) -> Hresult) -> Result<Self, Hresult> {
        let mut object = null_mut();
        check(make(&raw mut object))?;
        NonNull::new(object).map(Self).ok_or(NOTHING)
    }

    /// A method of the object's table.
    ///
    /// # Safety
    /// The table has a method of this number.
    unsafe fn method(&self, number: usize) -> Pointer {
        let table = self.0.cast::<*const Pointer>();
        // SAFETY: an object starts with a pointer to its table, and the caller says that the method is in it.
        unsafe { *table.read().add(number) }
    }
}

impl Argument for Object {
    fn pointer(&self) -> Pointer {
        self.0.as_ptr()
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: Release of any object has this form.
        let release: unsafe extern "system" fn(Pointer) -> u32 =
            unsafe { std::mem::transmute(self.method(RELEASE)) };
        // SAFETY: this reference is ours, and given back once.
        unsafe { release(self.pointer()) };
    }
}
